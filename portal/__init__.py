"""What outside parties see of the system: their own file, and what is asked of them."""
