print("statements")
