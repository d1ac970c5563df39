# Sets up what a tour works on: a database of its own, gone at the end, with a month of made-up calls. Sourced by
# the tours; DIALER_DATABASE__URL names one that is there already.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
if [ -z "$DIALER_DATABASE__URL" ]; then
  place=$(mktemp -d)
  python "$here/own_database.py" "$place" &
  server=$!
  trap 'kill "$server" || true; wait "$server" 2>/dev/null || true; rm -rf "$place"' EXIT
  until [ -s "$place/url" ]; do kill -0 "$server"; sleep 0.2; done
  DIALER_DATABASE__URL=$(cat "$place/url")
  export DIALER_DATABASE__URL
fi
python "$here/past_calls.py" "$DIALER_DATABASE__URL"
