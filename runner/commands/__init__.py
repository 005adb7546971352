"""The commands, a module a command or a group that belongs together: they parse and print."""
