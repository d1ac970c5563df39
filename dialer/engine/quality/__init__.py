"""Quality sampling at work: rules and forms from their files, the desk, and what is reported."""
