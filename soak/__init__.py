"""Long tests of what must hold while readers read, processes die and servers fail."""
