#!/bin/sh -e
# F14: campaigns share a plan of people, channels and times; products that exclude each other are never offered together.
. "$(dirname "$0")/begin.sh"

# Two campaigns for the same two people, with products that exclude each other.
printf 'phone,external_key,name\n+12125550101,K-1,Ada\n+12125550102,K-2,Ben\n' > people.csv
dialer leads import people.csv --campaign fibre --create-campaign
dialer leads import people.csv --campaign cable --create-campaign
dialer products assign fibre fibre --offer "fibre for half the price"
dialer products assign cable cable --offer "cable for less"
dialer products exclude fibre cable --days 60
dialer products list

# The calendar shows what clashes before anything is started.
dialer calendar capacity sms 1000
dialer calendar plan fibre --from 2026-12-01 --to 2026-12-19 --hours 09:00-17:00 --agents 12 --channel sms=800
dialer calendar plan cable --from 2026-12-15 --to 2026-12-24 --hours 12:00-20:00 --agents 8 --channel sms=400
dialer calendar check fibre
dialer calendar show --from 2026-12-01 --to 2026-12-31

# After Christmas there is room for it.
dialer calendar plan cable --from 2026-12-27 --to 2026-12-31 --hours 12:00-20:00
