"""`dialer compliance evidence`: what was read becomes rows and words (call, period, words, notes), and those a file."""
