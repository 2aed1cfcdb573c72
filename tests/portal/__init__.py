"""What outside parties see, and what nobody lets them see."""
