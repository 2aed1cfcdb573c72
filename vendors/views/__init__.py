"""The pages of vendors, libraries and commissions beside the shared ones."""
