"""What a run takes in: `pull` fetches both sides as they are, `load` turns them into tables."""
