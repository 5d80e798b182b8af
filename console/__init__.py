"""What staff and the public see in a browser."""
