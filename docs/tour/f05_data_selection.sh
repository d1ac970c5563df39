#!/bin/sh -e
# F5: leads are called in the order of points that the state of their past contacts earns.
. "$(dirname "$0")/begin.sh"
python "$here/past_calls.py" "$DIALER_DATABASE__URL"

# the list's own score plus the points of every past call: who answered comes before who did not
dialer scores rank autumn --by history
