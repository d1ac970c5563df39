"""Marketing beside inbound service: service counted, the switch that closes, agents shared with inbound queues."""
