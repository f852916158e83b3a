# `docker compose` where there is one, otherwise docker-compose. To be sourced.
compose() {
    if docker compose version >/dev/null 2>&1; then
        docker compose "$@"
    elif command -v docker-compose >/dev/null; then
        docker-compose "$@"
    else
        echo "neither 'docker compose' nor docker-compose is there (on Debian and Ubuntu: sudo" \
            "apt-get install docker-compose)" >&2
        return 127
    fi
}

# The name of the project, as Compose makes it from the folder.
project() {
    echo "${COMPOSE_PROJECT_NAME:-$(basename "$PWD" | tr '[:upper:]' '[:lower:]' | tr -cd 'a-z0-9_-')}"
}
