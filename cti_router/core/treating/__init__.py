"""What a caller hears: values in words, the information of the day, and what comes next while he waits."""
