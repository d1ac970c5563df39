#!/bin/sh -e
# F6: which channel people use is recorded, and steers them away from manual service.
. "$(dirname "$0")/begin.sh"
people
dialer leads import people.csv --campaign autumn --create-campaign

# A reminder by call; but who prefers another channel of the step gets that.
cat >waves.toml <<'PLAN'
[[steps]]
name = "first"
channels = ["sms"]
text = "Dear {name}, your contract ends soon. Reply STOP to end."
wait_hours = 6
go_on_at = ["replied", "delivered"]

[[steps]]
name = "reminder"
channels = ["call", "sms", "email"]
subject = "Your contract"
text = "Dear {name}, this is how you extend it by yourself: https://paceline.example"
PLAN
serve 2026-11-23T10:00:00+00:00 # eleven in Berlin, on a Monday
dialer waves put autumn waves.toml
dialer waves start autumn
until_told "first	sent	3" dialer waves show autumn

# Ada answers by SMS, so SMS is her channel from now on.
dialer waves reply +493022610101 "How?"
until_told "reminder	sent	1" dialer waves show autumn
grep -c "extend it by yourself" messages.jsonl
grep -o '"to": "[^"]*", "subject": "[^"]*", "text": "[^"]*extend' messages.jsonl

# The others have read it and said nothing: they are called.
dialer waves receipt "$(reference Ben)" --delivered
dialer waves receipt "$(reference Cleo)" --delivered
until_told "reminder	calling	2" dialer waves show autumn
