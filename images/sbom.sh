#!/usr/bin/env bash
# Writes what each worker is made of beside its binary, as NAME.cdx.json (CycloneDX 1.6): every
# crate by name, version, licence, purl and checksum, as cargo resolves them for the target and the
# features that `make static` builds. Nothing in it changes from one run to the next. Usage: sbom.sh
# TARGET FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1
folder=$2
workers=(partition-worker queue-worker log-aggregator sample-data)

# The packages that `make static` builds, together: their features unite.
tree() {
    cargo tree "${workers[@]/#/--package=}" --target "$target" --locked --prefix depth \
        --format '|{p}|{l}|' --edges "$1"
}
# What cargo does not speak of, and yet is in a static binary: the standard library, the crates that
# it was built with, as far as the binary names them, and the C library.
toolchain() {
    echo "rust-std|$(rustc --version | cut -d' ' -f2)|MIT OR Apache-2.0|generic"
    if [[ $target == *-linux-gnu ]]; then
        echo "glibc|$(getconf GNU_LIBC_VERSION | cut -d' ' -f2)|LGPL-2.1-or-later|generic"
    fi
    { grep -aoE '/rust/deps/[A-Za-z0-9_-]+-[0-9]+\.[0-9]+\.[0-9]+/' "$1" || :; } \
        | sort -u | sed -E 's|/rust/deps/(.*)-(.*)/|\1\|\2\|\|cargo|'
}

linked=$(tree normal,no-proc-macro)
all=$(tree normal,build)
for worker in "${workers[@]}"; do
    awk -v worker="$worker" -v target="$target" \
        -v sha256="$(sha256sum "$folder/$worker" | cut -d' ' -f1)" '
        function quoted(text) { gsub(/\\/, "\\\\", text); gsub(/"/, "\\\"", text); return "\"" text "\"" }
        # An insertion sort: not every awk has one.
        function sort(list, n,    i, j, x) {
            for (i = 2; i <= n; i++) {
                x = list[i]
                for (j = i - 1; j && list[j] > x; j--) list[j + 1] = list[j]
                list[j + 1] = x
            }
        }
        # Everything that is reached from a package, by the edges of one kind.
        function reach(edges, of, found,    queue, first, last, more, n, i) {
            queue[first = last = 1] = of
            found[of]
            while (first <= last) {
                n = split(edges[queue[first++]], more, "\n")
                for (i = 1; i <= n; i++) if (more[i] != "" && !(more[i] in found)) { found[more[i]]; queue[++last] = more[i] }
            }
        }
        function licences(text) { gsub("/", " OR ", text); return "\"licenses\": [{\"expression\": " quoted(text) "}]" }
        FILENAME == "Cargo.lock" {
            if ($1 == "name") name = $3
            if ($1 == "version") version = $3
            if ($1 == "checksum") { key = name "@" version; gsub(/"/, "", key); gsub(/"/, "", $3); checksum[key] = $3 }
            next
        }
        { split($0, part, "|") }
        FILENAME == ARGV[2] { given[++gifts] = $0; next }
        part[2] != "" {
            split(part[2], word, " ")
            id = word[1] "@" substr(word[2], 2)
            above[part[1] + 0] = id
            licence[id] = part[3]
            if (part[1] > 0) {
                from = above[part[1] - 1]
                if (FILENAME == ARGV[3]) linked[from] = linked[from] "\n" id
                all[from] = all[from] "\n" id
            } else if (word[1] == worker) root = id
        }
        END {
            reach(linked, root, runs)
            reach(all, root, builds)
            for (i = 1; i <= gifts; i++) {
                split(given[i], part, "|")
                # It may be one of ours as well.
                id = part[1] "@" part[2]
                if (id in builds) runs[id]
                else toolchain[++tools] = given[i]
            }
            for (id in builds) if (id != root) ids[++n] = id
            sort(ids, n)
            split(root, half, "@")
            printf "{\n  \"bomFormat\": \"CycloneDX\",\n  \"specVersion\": \"1.6\",\n  \"version\": 1,\n  \"metadata\": {\n    \"component\": {"
            printf "\"type\": \"application\", \"bom-ref\": %s, \"name\": %s, \"version\": %s, ", quoted(root), quoted(half[1]), quoted(half[2])
            printf "\"hashes\": [{\"alg\": \"SHA-256\", \"content\": %s}], %s},\n", quoted(sha256), licences(licence[root])
            printf "    \"properties\": [{\"name\": \"target\", \"value\": %s}]\n  },\n  \"components\": [\n", quoted(target)
            for (i = 1; i <= n; i++) {
                id = ids[i]
                split(id, half, "@")
                # Build scripts, macros and what they need are not in the binary.
                printf "    {\"type\": \"library\", \"bom-ref\": %s, \"name\": %s, \"version\": %s, ", quoted(id), quoted(half[1]), quoted(half[2])
                printf "\"scope\": \"%s\", ", id in runs ? "required" : "excluded"
                if (id in checksum) printf "\"hashes\": [{\"alg\": \"SHA-256\", \"content\": %s}], ", quoted(checksum[id])
                printf "%s", licences(licence[id])
                purl = id
                gsub(/\+/, "%2B", purl)
                if (id in checksum) printf ", \"purl\": %s", quoted("pkg:cargo/" purl)
                printf "},\n"
            }
            for (i = 1; i <= tools; i++) {
                split(toolchain[i], part, "|")
                printf "    {\"type\": \"library\", \"bom-ref\": %s, \"name\": %s, \"version\": %s, ", quoted(part[1] "@" part[2]), quoted(part[1]), quoted(part[2])
                printf "\"scope\": \"required\", %s", part[3] == "" ? "" : licences(part[3]) ", "
                printf "\"purl\": %s}%s\n", quoted("pkg:" part[4] "/" part[1] "@" part[2]), i < tools ? "," : ""
            }
            printf "  ],\n  \"dependencies\": [\n"
            ids[++n] = root
            sort(ids, n)
            for (i = 1; i <= n; i++) {
                m = split(all[ids[i]], more, "\n")
                sort(more, m)
                printf "    {\"ref\": %s, \"dependsOn\": [", quoted(ids[i])
                last = ""
                for (j = 1; j <= m; j++) if (more[j] != "" && more[j] != last) {
                    printf "%s%s", last == "" ? "" : ", ", quoted(more[j])
                    last = more[j]
                }
                printf "]}%s\n", i < n ? "," : ""
            }
            printf "  ]\n}\n"
        }' Cargo.lock <(toolchain "$folder/$worker") <(echo "$linked") <(echo "$all") >"$folder/$worker.cdx.json"
done
