"""What waits: a ticket, the plan its call gets, and the wait it may expect."""
