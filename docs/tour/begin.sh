# Sourced by every script here: a folder and a database of its own, and a service for those that ask for one (`serve`).
# Nobody is called; all is gone when the script ends. A database that is there already is used instead where
# DIALER_DATABASE__URL names one, and a service where DIALER_API_URL and DIALER_API_TOKEN do.
set -e
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
from=$PWD
tour=$(mktemp -d /tmp/paceline-tour-XXXXXX) # its path is short enough for the database's socket
cd "$tour"
service= lab= server=
finish() {
    for one in $service $lab $server; do
        kill "$one" 2>/dev/null || true
        wait "$one" 2>/dev/null || true
    done
    rm -rf "$tour"
}
trap finish EXIT
trap 'exit 130' INT TERM
command -v dialer >/dev/null || { echo "no dialer here: run \`. .venv/bin/activate\` first, after \`make install\`"; exit 1; }

if [ -z "${DIALER_DATABASE__URL:-}${DIALER_API_TOKEN:-}" ]; then
    echo "(in $tour, with a database of its own, until the script ends ...)"
    python "$here/own_database.py" "$tour" >database.out 2>&1 &
    server=$!
    until [ -s url ]; do kill -0 $server 2>/dev/null || { cat database.out; exit 1; }; sleep 0.1; done
    DIALER_DATABASE__URL=$(cat url)
    export DIALER_DATABASE__URL
fi

# A service beside a simulated Asterisk; messages go into messages.jsonl. $MORE: further settings. Usage: serve [TIME]
# With TIME it is so late there, and an hour takes a minute.
serve() {
    if [ -n "${DIALER_API_TOKEN:-}" ]; then return; fi
    echo "(a service is started ...)"
    clock= late= rhythm=
    if [ -n "${1:-}" ]; then
        clock=$(python -c 'import sys, time; print(f"{sys.argv[1]},{time.monotonic()!r},60.0")' "$1")
        late="clock = \"$clock\""
        rhythm='heartbeat_seconds = 10
silence_seconds = 60
action_seconds = 60'
    fi
    cat >lab.toml <<'LAB'
username = "dialer"
secret = "lab"
[behaviours]
"02" = "answer_long"
"03" = "no_answer"
[[inbound]]
queue = "service"
calls_per_hour = 60
[[inbound_desks]]
queues = ["service"]
number = 20
LAB
    : >lab.out
    dialer lab --port 0 --plan lab.toml ${clock:+--clock "$clock"} >lab.out 2>&1 &
    lab=$!
    until port=$(sed -n 's/.*AMI on .*:\([0-9]*\)$/\1/p' lab.out) && [ -n "$port" ]; do
        kill -0 $lab 2>/dev/null || { cat lab.out; exit 1; }
        sleep 0.1
    done
    cat >dialer.toml <<SETTINGS
$late
[engine]
data_directory = "$tour/data"
drain_seconds = 0
$rhythm
[api]
port = 0
[[api.tokens]]
name = "ada"
role = "admin"
token = "a token for the tour alone"
[contacts]
link_secret = "a secret for the tour alone, and no other use"
public_address = "https://dialer.example"
[[channels]]
kind = "trial_sms"
sender = "PACELINE"
file = "$tour/messages.jsonl"
[[channels]]
kind = "trial_email"
sender = "Paceline <shop@paceline.example>"
file = "$tour/messages.jsonl"
[[asterisk]]
port = $port
secret = "lab"
${MORE:-}
SETTINGS
    : >service.out
    dialer run --settings dialer.toml --log-level warning >service.out 2>&1 &
    service=$!
    until DIALER_API_URL=$(sed -n 's/^paceline serves on //p' service.out) && [ -n "$DIALER_API_URL" ]; do
        kill -0 $service 2>/dev/null || { cat service.out; exit 1; }
        sleep 0.1
    done
    DIALER_API_TOKEN="a token for the tour alone"
    export DIALER_API_URL DIALER_API_TOKEN
}

# A list of people who agreed to be reached, with where to write to them, in people.csv.
people() {
    cat >people.csv <<'PEOPLE'
phone,external_key,name,email,consent_purpose,consent_at,consent_proof
+493022610101,K-1,Ada,ada@people.example,marketing,2026-11-01,form-1
+493022610102,K-2,Ben,ben@people.example,marketing,2026-11-01,form-2
+493022610103,K-3,Cleo,,marketing,2026-11-01,form-3
PEOPLE
}

# The channel's own id of the message to somebody. Usage: reference NAME
reference() { grep "$1" messages.jsonl | head -1 | sed 's/.*"id": "\([^"]*\)".*/\1/'; }

# Wait until a command's output has these words. Usage: until_told WORDS COMMAND...
until_told() {
    words=$1
    shift
    for _ in $(seq 60); do
        "$@" >told.out 2>&1 || true
        if grep -q "$words" told.out; then cat told.out; return; fi
        sleep 0.3
    done
    echo "never told: $words"
    cat told.out service.out
    exit 1
}
