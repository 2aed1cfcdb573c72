"""Commands for people who change this project; nothing here runs in production."""
