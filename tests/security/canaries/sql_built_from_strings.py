def found(session, name):
    return session.execute(f"SELECT * FROM residents WHERE name = '{name}'")
