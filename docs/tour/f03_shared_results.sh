#!/bin/sh -e
# F3: what is learned in one channel serves all: others are told of it by webhooks, and may fetch it as files.
MORE='[webhooks]
private_addresses = true'
. "$(dirname "$0")/begin.sh"
people
dialer leads import people.csv --campaign autumn --create-campaign
cat >waves.toml <<'PLAN'
[[steps]]
name = "sms"
channels = ["sms"]
text = "Dear {name}, is all well? Reply STOP to end."
PLAN
serve 2026-11-23T10:00:00+00:00 # eleven in Berlin, on a Monday

# Complaints and shops want to know of messages and replies. Nobody listens at that address, so that we see what is kept.
dialer webhooks add http://127.0.0.1:9/in --kind wave --kind reply | sed 's/[0-9a-f]\{8\}-.*/ID/; s/whsec_.*/SECRET/'
dialer waves put autumn waves.toml
dialer waves start autumn
until_told "sms	sent	3" dialer waves show autumn
dialer waves reply +493022610101 "No, my phone is broken"

# Each event waits to be delivered, and is tried again.
until_told "reply" dialer webhooks deliveries --state pending
dialer webhooks list | cut -f 2-5

# The same as files, for systems that fetch.
dialer export touches --from 2026-11-23 --to 2026-11-24 --out touches.csv
cut -d , -f 4-6,8,9 touches.csv
dialer export touches --from 2026-11-23 --to 2026-11-24 --format parquet --out touches.parquet
