#!/bin/sh -e
# F20: the daily report: centre, room, team and person, ranked, each day.
MORE='[report]
directory = "reports"
recipients = ["floor@dialer.example"]'
. "$(dirname "$0")/begin.sh"
serve

# Eight agents; a campaign with people in segments.
for agent in 1001 1002 1003 1004 1005 1006 1007 1008; do
    dialer agents enroll $agent --name "Agent $agent"
done
dialer segments sample --people 600
dialer segments example >segments.toml
dialer segments load segments.toml
dialer campaigns create fibre
dialer products assign fibre fibre
dialer segments feed high_spend_no_fibre --campaign fibre --go
dialer segments feed families --campaign fibre --go

# Who sits where, from a list; a row with a fault is named, and the others are taken.
yesterday=$(python -c 'from datetime import *; print(datetime.now(timezone.utc).date() - timedelta(days=1))')
cat >floor.csv <<FLOOR
agent,team,room,centre,from
1001,Amber,Room 1,North,2026-01-01
1002,Amber,Room 1,North,2026-01-01
1003,Birch,Room 2,North,2026-01-01
1004,Birch,Room 2,North,2026-01-01
1005,Cedar,Room 3,South,2026-01-01
1006,Cedar,Room 3,South,2026-01-01
1007,Dune,Room 4,South,2026-01-01
1008,Dune,Room 4,South,soon
FLOOR
dialer staff import floor.csv --dry-run
dialer staff import floor.csv
dialer staff import floor.csv

# A team moved at noon. Where it was before stays known.
printf '%s\n' agent,team,room,centre,from "1003,Birch,Room 5,North,${yesterday}T12:00" \
    "1004,Birch,Room 5,North,${yesterday}T12:00" >moved.csv
dialer staff import moved.csv
dialer staff history 1003

# Here a day's calls are made up.
echo "(calls are made up ...)"
python "$here/past_day.py" "$DIALER_DATABASE__URL"

# The day's ranks; and the report for people, for programs, for a spreadsheet.
dialer report day --day "$yesterday"
dialer report day --day "$yesterday" --out report.html --out report.csv --out report.xlsx
grep "^stay" report.csv | cut -d, -f19,25-29 | grep "^Agent 1003"
grep "^effect" report.csv | grep -c fibre

# The same day again is the same file, byte for byte.
dialer report day --day "$yesterday" --out again.html --out again.xlsx
cmp report.html again.html && cmp report.xlsx again.xlsx && echo "the same, byte for byte"

# The service puts it into its folder and sends it, each morning or when it is told to.
dialer report send --day "$yesterday"
grep -o '"subject": "[^"]*"' messages.jsonl

# A day without calls is a report, too; one that has not begun is none.
dialer report day --day 2026-01-02
dialer report day --day 2126-01-01 || echo "refused, as it should be"
