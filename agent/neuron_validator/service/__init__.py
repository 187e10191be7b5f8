"""
The agent as a service: a scheduler that produces inventories and hands them to the same engine as ``diagnose``.

What decides is pure and takes the time as an argument (`schedule`, `settling`, `transitions`, `counters`, `history`);
what does something is at the edge (`runner`, `events`, `state`, `notify`, `log`), and `agent` turns the wheel.
"""
