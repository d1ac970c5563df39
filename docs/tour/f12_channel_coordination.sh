#!/bin/sh -e
# F12: one task may start by SMS, go on by a recorded prompt or a call, and end in a shop. All channels are one to the
# waves.
. "$(dirname "$0")/begin.sh"
people
dialer leads import people.csv --campaign autumn --create-campaign

# Rules say which channel comes first: who replies is told to the shop; whoever does not hears a recorded prompt, played
# by Asterisk without an agent, and who heard that out may be called.
cat >waves.toml <<'PLAN'
[[steps]]
name = "sms"
channels = ["sms"]
text = "Dear {name}, may we show you the new phone? Reply YES, or STOP to end."
wait_hours = 6
go_on_at = ["replied", "undelivered"]

[[steps]]
name = "visit"
channels = ["shop"]
shop = "centre"
text = "{name} wants to see the phone"
when = [{ step = "sms", any_of = ["replied"] }]

[[steps]]
name = "prompt"
channels = ["ivr"]
text = "custom/new-phone"
when = [{ step = "sms", none_of = ["replied"] }]
wait_hours = 2
go_on_at = ["prompt_heard", "no_answer"]

[[steps]]
name = "call"
channels = ["call"]
when = [{ step = "prompt", any_of = ["prompt_heard"] }]
wait_hours = 48
PLAN
serve 2026-11-23T10:00:00+00:00 # eleven in Berlin, on a Monday
dialer campaigns tune autumn --caller-id +493022619999
dialer campaigns start autumn
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

# The others' telephones never got it, so they get the prompt. Ben hears it out and may be called; Cleo is not in.
dialer waves receipt "$(reference Ben)" --undelivered
dialer waves receipt "$(reference Cleo)" --undelivered
until_told "prompt	prompt_heard	1" dialer waves show autumn
until_told "call skipped: prompt was not prompt_heard" dialer waves show autumn
until_told "call	calling	1" dialer waves show autumn
