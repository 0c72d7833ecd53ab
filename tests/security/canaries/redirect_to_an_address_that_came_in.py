from flask import redirect, request


def back():
    return redirect(request.args["next"])
