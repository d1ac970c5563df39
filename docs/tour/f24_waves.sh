#!/bin/sh -e
# F24: first an SMS wave, then calls to those who fit.
. "$(dirname "$0")/begin.sh"
people

# A list becomes a campaign.
dialer leads import people.csv --campaign autumn --create-campaign

# Its waves: an SMS; then a call to those who have it, within six hours.
cat >waves.toml <<'PLAN'
[[steps]]
name = "sms"
channels = ["sms"]
text = "Dear {name}, your new phone is here. Reply STOP to end."
wait_hours = 6
go_on_at = ["replied", "delivered", "undelivered"]

[[steps]]
name = "call"
channels = ["call"]
when = [{ any_of = ["delivered", "replied"] }]
PLAN
dialer waves check waves.toml
serve 2026-11-23T10:00:00+00:00 # eleven in Berlin, on a Monday
dialer waves put autumn waves.toml
dialer waves start autumn

# The messages are out, each with its verdict in the proof.
until_told "sms	sent	3" dialer waves show autumn
grep -o '"text": "[^"]*"' messages.jsonl

# Ada's telephone has hers, Cleo's never gets it, and Ben asks us to stop.
dialer waves receipt "$(reference Ada)" --delivered
dialer waves receipt "$(reference Cleo)" --undelivered
dialer waves reply +493022610102 "STOP"
dialer dnc check +493022610102

# Ada may be called; Cleo's waves are over, and Ben's are too.
until_told "call skipped: sms was not delivered" dialer waves show autumn
dialer leads list --campaign autumn | cut -f 3-6
