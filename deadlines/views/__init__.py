"""The pages on which people meet their deadlines."""
