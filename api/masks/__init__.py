"""What a viewer sees of what a store knows."""
