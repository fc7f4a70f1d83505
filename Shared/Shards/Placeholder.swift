enum PlaceholderShards {}
