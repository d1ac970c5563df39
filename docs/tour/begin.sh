# Sourced by the scripts of this folder: a service to try things out on, which calls nobody, gone when the script ends.
# Where DIALER_API_URL and DIALER_API_TOKEN are set already, the service that they name is used instead.
if [ -z "${DIALER_API_TOKEN:-}" ]; then
    tour=$(mktemp -d /tmp/paceline-tour-XXXXXX) # its path is short enough for the database's socket
    dialer lab --port 0 >"$tour/lab" 2>&1 &
    lab=$!
    trap 'kill $service $lab 2>/dev/null || true; wait || true; rm -rf "$tour"' EXIT
    service=
    until port=$(sed -n 's/.*AMI on .*:\([0-9]*\)$/\1/p' "$tour/lab") && [ -n "$port" ]; do sleep 0.2; done
    cat >"$tour/dialer.toml" <<SETTINGS
[engine]
data_directory = "$tour/data"
[api]
port = 0
[[api.tokens]]
name = "ada"
role = "admin"
token = "a token for the tour alone"
[contacts]
link_secret = "a secret for the tour alone, and no other use"
public_address = "https://dialer.example"
[[asterisk]]
port = $port
secret = "secret"
SETTINGS
    dialer run --settings "$tour/dialer.toml" --log-level warning >"$tour/service" 2>&1 &
    service=$!
    until DIALER_API_URL=$(sed -n 's/^paceline serves on //p' "$tour/service") && [ -n "$DIALER_API_URL" ]; do
        kill -0 $service || { cat "$tour/service"; exit 1; }
        sleep 0.2
    done
    DIALER_API_TOKEN="a token for the tour alone"
    export DIALER_API_URL DIALER_API_TOKEN
fi
