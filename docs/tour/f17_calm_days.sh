#!/bin/sh -e
# F17: on calm days SMS waves go out, as big as inbound service leaves room for.
MORE='[[service_groups]]
name = "default"
queues = ["service"]
time_zone = "Europe/Berlin"
day_begins = "11:30:00"
sustained_minutes = 1
least_closed_seconds = 0
busy_first_days = 0
busy_last_days = 0'
. "$(dirname "$0")/begin.sh"
people
dialer leads import people.csv --campaign autumn --create-campaign
cat >waves.toml <<'PLAN'
[[steps]]
name = "sms"
channels = ["sms"]
text = "Dear {name}, have you seen the new phone? Reply STOP to end."
calm = true
answer_share = 0.1
PLAN
serve 2026-11-23T10:00:00+00:00 # eleven in Berlin, on a Monday
dialer waves put autumn waves.toml
dialer waves start autumn

# As long as nobody knows whether the day is calm, nothing goes out.
until_told "sms: " dialer waves show autumn

# Then as many as inbound service leaves room for.
until_told "leave inbound at" dialer switch outreach default --minutes 60 --answer-share 0.1
until_told "sms	sent	3" dialer waves show autumn
