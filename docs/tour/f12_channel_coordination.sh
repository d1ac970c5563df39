#!/bin/sh -e
# F12: one task may start by SMS, go on by call, and end in a shop. All channels are one to the waves.
. "$(dirname "$0")/waves_begin.sh"
dialer leads import people.csv --campaign autumn --create-campaign

# Rules say which channel comes first: who replies is told to the shop, whoever does not is called.
cat >waves.toml <<'PLAN'
[[steps]]
name = "sms"
channels = ["sms"]
text = "Dear {name}, may we show you the new phone? Reply YES, or STOP to end."
wait_hours = 0.1
go_on_at = ["replied"]

[[steps]]
name = "call"
channels = ["call"]
when = [{ step = "sms", none_of = ["replied"] }]
wait_hours = 48

[[steps]]
name = "visit"
channels = ["shop"]
shop = "centre"
text = "{name} wants to see the phone"
when = [{ step = "sms", any_of = ["replied"] }]
PLAN
serve
dialer waves put autumn waves.toml --dry-run
dialer waves put autumn waves.toml
dialer waves start autumn
until_told "sms	sent	3" dialer waves show autumn

# Ada says yes, while steps are held for a moment so that she is in time: the shop has a task.
dialer waves hold autumn
dialer waves reply +493022610101 "Yes please"
dialer waves start autumn
until_told "Ada wants to see the phone" dialer shop-tasks list --shop centre
task=$(dialer shop-tasks list --shop centre | sed -n '2s/	.*//p')

# The shop takes it, which tells it the number, and says what came of it.
dialer shop-tasks take "$task" | grep number
dialer shop-tasks close "$task" --result sold
until_told "visit	sold	1" dialer waves show autumn

# The others may be called when their wait is over.
until_told "call	calling	2" dialer waves show autumn
