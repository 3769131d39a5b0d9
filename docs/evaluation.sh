#!/usr/bin/env bash
# Measures docs/evaluation.md anew, by the command `isnad eval`: `make evaluation`. A run that was stopped goes on.
# The public data: see docs/benchmarks.md. It takes hours; PARTS="search answers" leaves the others out.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1
data=${ISNAD_DATA:-../shared/data}
parts=${PARTS:-search answers silence reader}
home=${EVALUATION_OUT:-build/evaluation}
export ISNAD_DATA_DIR=$home/data XDG_CONFIG_HOME=$home/none HF_HUB_OFFLINE=1
export ISNAD_READER=off # search alone, but for the part `reader`
news=$home/news
ar=$data/xquad.ar.json en=$data/xquad.en.json arcd=$data/arcd-train.json
among=(--corpus public --distractors "$news")
silent=(--corpus silent --distractors "$news") # its thresholds must not reach the other runs

run() { # NAME SET [OPTION …]
    local name=$1
    shift
    echo "== $name"
    "$bin/isnad" eval run "$@" --out "$home/runs/$name" >"$home/$name.log"
}

mkdir -p "$home/runs"
ISNAD_DATA=$data "$bin/python" -m eval.bench.data "$news"
for part in $parts; do
    case $part in
    search)
        run search-ar "$ar" --retrieval-only "${among[@]}"
        run search-en-ar "$en" --texts "$ar" --retrieval-only "${among[@]}"
        run search-arcd "$arcd" --retrieval-only "${among[@]}"
        ;;
    answers)
        "$bin/isnad" ingest seeds --corpus seeds
        run seeds seeds/questions.jsonl --corpus seeds --generator extractive
        run extractive-ar "$ar" --generator extractive "${among[@]}"
        run extractive-en-ar "$en" --texts "$ar" --generator extractive "${among[@]}"
        run extractive-arcd "$arcd" --generator extractive "${among[@]}"
        ;;
    silence) # half of the texts taken out; fitted on one part of the questions, told on the other and on another set
        for set in "ar $ar" "arcd $arcd"; do
            read -r name path <<<"$set"
            run "before-$name" "$path" --take-out 0.5 --retrieval-only "${among[@]}"
        done
        run before-en-ar "$en" --texts "$ar" --take-out 0.5 --retrieval-only "${among[@]}"
        "$bin/isnad" eval calibrate "$ar" --take-out 0.5 "${silent[@]}" --check "$arcd" \
            --out "$home/runs/calibrate-ar" | tee "$home/calibrate-ar.md" | tail -n 8
        "$bin/isnad" eval calibrate "$en" --texts "$ar" --take-out 0.5 "${silent[@]}" \
            --out "$home/runs/calibrate-en-ar" | tee "$home/calibrate-en-ar.md" | tail -n 8
        ;;
    reader) # three in ten of the texts taken out, so that some questions have no answer
        export ISNAD_READER=bundled
        ISNAD_DATA=$data "$bin/python" -m eval.bench reading --out "$home/reading.md"
        run reader-seeds seeds/questions.jsonl --corpus seeds --generator reader
        run reader-ar "$ar" --take-out 0.3 --generator reader "${among[@]}"
        run reader-en-ar "$en" --texts "$ar" --take-out 0.3 --generator reader "${among[@]}"
        run reader-arcd "$arcd" --take-out 0.3 --generator reader "${among[@]}"
        ;;
    *)
        echo "there is no part $part" >&2
        exit 2
        ;;
    esac
done
