#!/bin/sh -e
# F12: one task may start by SMS, go on by call, and end in a shop. All channels are one to the waves.
. "$(dirname "$0")/begin.sh"
people
dialer leads import people.csv --campaign autumn --create-campaign

# Rules say which channel comes first: who replies is told to the shop, whoever does not is called.
cat >waves.toml <<'PLAN'
[[steps]]
name = "sms"
channels = ["sms"]
text = "Dear {name}, may we show you the new phone? Reply YES, or STOP to end."
wait_hours = 6
go_on_at = ["replied", "undelivered"]

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
serve 2026-11-23T10:00:00+00:00 # eleven in Berlin, on a Monday
dialer waves put autumn waves.toml --dry-run
dialer waves put autumn waves.toml
dialer waves start autumn
until_told "sms	sent	3" dialer waves show autumn

# Ada says yes: the shop has a task.
dialer waves reply +493022610101 "Yes please"
until_told "Ada wants to see the phone" dialer shop-tasks list --shop centre
task=$(dialer shop-tasks list --shop centre | sed -n '2s/	.*//p')

# The shop takes it, which tells it the number, and says what came of it.
dialer shop-tasks take "$task" | grep number
dialer shop-tasks close "$task" --result sold
until_told "visit	sold	1" dialer waves show autumn

# The others' telephones never got it, so they may be called.
dialer waves receipt "$(reference Ben)" --undelivered
dialer waves receipt "$(reference Cleo)" --undelivered
until_told "call	calling	2" dialer waves show autumn
