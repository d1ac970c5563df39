"""Does the simulator tell the truth? A real engine's hour, and the simulator's interval for the same figures."""
