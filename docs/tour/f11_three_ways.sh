#!/bin/sh -e
# F11: three ways of marketing, by a filtered list, by an event, and at the point of contact.
. "$(dirname "$0")/begin.sh"

# Proactive: a list of leads. The campaign is in the calendar of today, so its offer may be made.
printf 'phone,external_key,name\n+12125550101,K-1,Ada\n' > people.csv
dialer leads import people.csv --campaign autumn --create-campaign
dialer products assign autumn phone --offer "a new phone"
today=$(date -u +%Y-%m-%d)
dialer calendar plan autumn --from "$today" --to "$today" --agents 0

# At the point of contact: what may be offered to this person now?
dialer contacts offers +12125550101

# By an event: the offer of the rule, with its deadline, comes before the campaign's own.
cat > triggers.toml <<'END'
[[rules]]
id = "missed-calls"
event = "phone on again"
campaign = "autumn"
deadline_minutes = 60
offer = "a mailbox"
END
printf 'id,kind,at,number\ne-1,phone on again,%s,+12125550101\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" > events.csv
dialer contact-events import events.csv --rules triggers.toml
dialer contacts offers +12125550101
