"""Call routing for organisations with many small telephone sites."""
