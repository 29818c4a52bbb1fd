"""Association of a news series with moves: what goes together, and when. Association is not effect."""
