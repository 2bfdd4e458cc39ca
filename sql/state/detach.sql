DETACH state;
