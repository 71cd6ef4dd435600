"""The pages' link to the router: its control socket, and nothing else."""
