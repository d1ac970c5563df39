#!/bin/sh -e
# F10: rules raise a lead at the right moment, by events and by what is known of people.
. "$(dirname "$0")/begin.sh"

# Two people, and a campaign for each rule.
cat > people.csv <<'END'
phone,external_key,name,monthly_spend
+12125550101,K-1,Ada,120
+12125550102,K-2,Ben,40
END
dialer leads import people.csv --campaign travel --create-campaign
dialer leads import people.csv --campaign thanks --create-campaign

# One rule waits for events, the other is for all whose spend is high.
cat > triggers.toml <<'END'
[[rules]]
id = "abroad"
event = "roaming"
facts = [{ name = "days", is = ">=", value = 2 }]
campaign = "travel"
deadline_minutes = 30
score = 100
offer = "a week abroad at the price at home"

[[rules]]
id = "big-spenders"
who = [{ name = "monthly_spend", is = ">", value = 100 }]
campaign = "thanks"
deadline_minutes = 2880
once_in_days = 30
END
dialer triggers rules --rules triggers.toml

# Events: Ada is abroad for long, Ben for a day, and of the third nobody knows.
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
cat > events.csv <<END
id,kind,at,external_key,days
e-1,roaming,$now,K-1,7
e-2,roaming,$now,K-2,1
e-3,roaming,$now,K-9,7
e-4,roaming,whenever,K-1,7
END
dialer contact-events import events.csv --rules triggers.toml

# The same file again does nothing; the unknown person's event is kept, until the person is there.
dialer contact-events import events.csv --rules triggers.toml
dialer contact-events unknown
echo "+12125550109,K-9,Eve,10" | cat people.csv - > more.csv
dialer leads import more.csv --campaign thanks
dialer contact-events retry --rules triggers.toml

# The rule for all: first what it would do.
dialer triggers evaluate big-spenders --rules triggers.toml --dry-run
dialer triggers evaluate big-spenders --rules triggers.toml
