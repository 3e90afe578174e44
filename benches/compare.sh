#!/usr/bin/env bash
# Speed against the floor and the peers: whole processes, in turn, medians and ratios.
#
#   benches/compare.sh [FOLDER ...]     measures on these folders
#   benches/compare.sh                  measures on generated trees: a file, a repository, a fleet, ten fleets
#
# PLIMSOLL  the program (default: target/release/plimsoll)
# RUNS      runs of each command (default: 11)
# FLEET     repositories in the generated fleet (default: 800, which is 6,400 Dockerfiles and 1,600 Compose files)
# PATIENCE  a peer that takes longer than this many seconds is run only once, and not at all on a fleet (default: 20)
#
# The floor is `rg -c FROM` over the same tree: walking it and reading it. Needs rg, GNU time and python3.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
plimsoll=${PLIMSOLL:-$here/../target/release/plimsoll}
runs=${RUNS:-11}
fleet=${FLEET:-800}
patience=${PATIENCE:-20}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

peers=()
for peer in hadolint compose-lint droast dclint checkov trivy; do
    if command -v "$peer" >/dev/null; then peers+=("$peer"); fi
done

# Sets `words` to the command of a tool for a tree. Tools that take files get the ones that plimsoll would look at.
command_of() {
    local tool=$1 tree=$2 lists=$3
    case $tool in
        floor) words=(rg -c FROM "$tree") ;;
        table) words=("$plimsoll" scan "$tree") ;;
        json | sarif) words=("$plimsoll" scan --format "$tool" "$tree") ;;
        "one thread") words=("$plimsoll" scan --jobs 1 "$tree") ;;
        hadolint) words=(xargs -0 -a "$lists/dockerfiles" hadolint) ;;
        droast) words=(xargs -0 -a "$lists/dockerfiles" droast) ;;
        compose-lint) words=(xargs -0 -a "$lists/composes" compose-lint) ;;
        dclint) words=(dclint -r "$tree") ;;
        checkov) words=(checkov --quiet --compact --framework dockerfile -d "$tree") ;;
        trivy) words=(trivy config --quiet "$tree") ;;
    esac
}

# Whether a tool that takes files has any to take.
has_work() {
    case $1 in
        hadolint | droast) [[ -s $2/dockerfiles ]] ;;
        compose-lint) [[ -s $2/composes ]] ;;
    esac
}

# Runs a command once and prints microseconds. What it finds is not an error here.
once() {
    local start=$EPOCHREALTIME
    "$@" >/dev/null 2>&1 || true
    local end=$EPOCHREALTIME
    echo $((${end/[.,]/} - ${start/[.,]/}))
}

# The largest peak of a process of the command, in kB.
peak() {
    { command time --format '%M' "$@" 2>&1 >/dev/null || true; } | tail -n 1
}

median() {
    sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

milliseconds() {
    awk -v microseconds="$1" 'BEGIN { printf "%.1f ms", microseconds / 1000 }'
}

count() {
    tr -cd '\0' <"$1" | wc -c
}

# One table: each tool's median, its ratio to the floor, the fastest and the slowest run, and its peak memory.
measure() {
    local title=$1 tree=$2
    shift 2
    local lists=$scratch/lists tools=() impatient=" " tool run words
    rm -rf "$lists" && mkdir "$lists"
    find "$tree" -type f \( -iname 'dockerfile*' -o -iname '*.dockerfile' \) -print0 >"$lists/dockerfiles"
    find "$tree" -type f \( -iname '*compose*.yml' -o -iname '*compose*.yaml' \) -print0 >"$lists/composes"
    for tool in "$@"; do
        if has_work "$tool" "$lists"; then tools+=("$tool"); fi
    done
    printf '\n## %s\n\n' "$title"
    printf '%d files, of them %d named as Dockerfiles and %d as Compose files.\n\n' \
        "$(find "$tree" -type f | wc -l)" "$(count "$lists/dockerfiles")" "$(count "$lists/composes")"
    # A run that is not counted warms the caches; a peer that tries the patience is not run again.
    for tool in "${tools[@]}"; do
        command_of "$tool" "$tree" "$lists"
        local first
        first=$(once "${words[@]}")
        if ((first > patience * 1000000)); then
            impatient+="$tool "
            echo "$first" >"$lists/$tool.times"
        fi
    done
    for ((run = 0; run < runs; run++)); do
        for tool in "${tools[@]}"; do
            if [[ $impatient == *" $tool "* ]]; then continue; fi
            command_of "$tool" "$tree" "$lists"
            once "${words[@]}" >>"$lists/$tool.times"
        done
    done
    local floor
    floor=$(median <"$lists/floor.times")
    printf '| %-12s | %12s | %9s | %25s | %9s |\n' tool median 'x floor' 'fastest to slowest' 'peak'
    printf '|---|--:|--:|--:|--:|\n'
    for tool in "${tools[@]}"; do
        command_of "$tool" "$tree" "$lists"
        local middle fastest slowest
        middle=$(median <"$lists/$tool.times")
        fastest=$(sort -n "$lists/$tool.times" | head -n 1)
        slowest=$(sort -n "$lists/$tool.times" | tail -n 1)
        printf '| %-12s | %12s | %9s | %25s | %6d MB |\n' "$tool" "$(milliseconds "$middle")" \
            "$(awk -v a="$middle" -v b="$floor" 'BEGIN { printf "%.2f", a / b }')" \
            "$(milliseconds "$fastest") to $(milliseconds "$slowest")" \
            "$(($(peak "${words[@]}") / 1024))"
    done
}

# Memory must not grow with the tree: the peak on a fleet and on ten of them.
flatness() {
    local one=$1 ten=$2 format a b
    printf '\n## Memory as the tree grows tenfold\n\n'
    printf '| format | one fleet | ten fleets | ratio |\n|---|--:|--:|--:|\n'
    for format in table json sarif; do
        a=$(peak "$plimsoll" scan --format "$format" "$one")
        b=$(peak "$plimsoll" scan --format "$format" "$ten")
        printf '| %s | %d MB | %d MB | %s |\n' "$format" $((a / 1024)) $((b / 1024)) \
            "$(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.2f", b / a }')"
    done
}

versions() {
    printf '# plimsoll against the floor and the peers\n\n'
    printf -- '- %s, %s processors, %s\n' "$(date -u +%F)" "$(nproc)" "$(awk '/MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo)"
    printf -- '- %s\n' "$("$plimsoll" --version)" "$(rg --version | head -n 1)"
    for peer in "${peers[@]}"; do
        printf -- '- %s: %s\n' "$peer" "$("$peer" --version 2>&1 | head -n 1)"
    done
    printf -- '- %d runs of each in turn, medians\n' "$runs"
}

own=(floor table json sarif "one thread")
versions
if (($# > 0)); then
    for tree in "$@"; do
        measure "$(basename "$tree")" "$tree" "${own[@]}" "${peers[@]}"
    done
    exit
fi
python3 "$here/generate.py" file "$scratch/file"
python3 "$here/generate.py" repository "$scratch/repository"
python3 "$here/generate.py" fleet "$scratch/fleet" "$fleet"
measure 'One Dockerfile of 30 lines' "$scratch/file/Dockerfile" "${own[@]}" "${peers[@]}"
measure 'A repository' "$scratch/repository" "${own[@]}" "${peers[@]}"
measure 'A fleet' "$scratch/fleet" "${own[@]}"
python3 "$here/generate.py" fleet "$scratch/ten" "$((fleet * 10))"
flatness "$scratch/fleet" "$scratch/ten"
