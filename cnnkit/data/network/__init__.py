"""What networks are made of: operations on arrays, parameters, models as their files hold them."""
