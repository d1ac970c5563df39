# Sourced by the scripts on waves: a service of its own that calls nobody, and writes messages into a file. It is eleven
# on a Monday morning in Berlin, and an hour there takes a minute. All is gone when the script ends.
tour=$(mktemp -d /tmp/paceline-tour-XXXXXX) # its path is short enough for the database's socket
chmod 755 "$tour"
cd "$tour"
DIALER_ENGINE__DATA_DIRECTORY="$tour/data"
export DIALER_ENGINE__DATA_DIRECTORY
service= lab=
trap 'kill $service $lab 2>/dev/null || true; wait || true; rm -rf "$tour"' EXIT

# A list of people who agreed to be reached, with where to write to them.
cat >people.csv <<'PEOPLE'
phone,external_key,name,email,consent_purpose,consent_at,consent_proof
+493022610101,K-1,Ada,ada@people.example,marketing,2026-11-01,form-1
+493022610102,K-2,Ben,ben@people.example,marketing,2026-11-01,form-2
+493022610103,K-3,Cleo,,marketing,2026-11-01,form-3
PEOPLE

# The service itself, beside a simulated Asterisk. $MORE: further settings.
serve() {
    clock=$(python -c 'import time; print(f"2026-11-23T10:00:00+00:00,{time.monotonic()!r},60.0")')
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
    dialer lab --port 0 --plan lab.toml --clock "$clock" >lab.out 2>&1 &
    lab=$!
    until port=$(sed -n 's/.*AMI on .*:\([0-9]*\)$/\1/p' lab.out) && [ -n "$port" ]; do sleep 0.2; done
    cat >dialer.toml <<SETTINGS
clock = "$clock"
[engine]
data_directory = "$tour/data"
heartbeat_seconds = 10
silence_seconds = 60
action_seconds = 60
drain_seconds = 0
[api]
port = 0
[[api.tokens]]
name = "ada"
role = "admin"
token = "a token for the tour alone"
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
$MORE
SETTINGS
    dialer run --settings dialer.toml --log-level warning >service.out 2>&1 &
    service=$!
    until DIALER_API_URL=$(sed -n 's/^paceline serves on //p' service.out) && [ -n "$DIALER_API_URL" ]; do
        kill -0 $service || { cat service.out; exit 1; }
        sleep 0.2
    done
    DIALER_API_TOKEN="a token for the tour alone"
    export DIALER_API_URL DIALER_API_TOKEN
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
        sleep 0.5
    done
    echo "never told: $words"
    cat told.out service.out
    exit 1
}
