# SPDX-License-Identifier: Apache-2.0
# Completion for bash. What there is to complete, davit itself knows.
_davit() {
    local word help typed=${COMP_WORDS[COMP_CWORD]#=}
    COMPREPLY=()
    while IFS=$'\t' read -r word help; do
        case $word in
        :files) compopt -o filenames && mapfile -t COMPREPLY < <(compgen -f -- "$typed") ;;
        :directories) compopt -o filenames && mapfile -t COMPREPLY < <(compgen -d -- "$typed") ;;
        *) COMPREPLY+=("$word") ;;
        esac
    done < <("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _davit davit
