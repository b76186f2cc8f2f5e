# SPDX-License-Identifier: Apache-2.0
# Completion for fish. What there is to complete, davit itself knows.
function __davit_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l before (string match -r -- '^-[^=]*=' $typed)
    set -l begun (string replace -r -- '^-[^=]*=' '' $typed)
    for line in ($words[1] complete -- $words[2..-1] "$typed" 2>/dev/null)
        switch $line
            case :files
                for path in (__fish_complete_path $begun)
                    echo "$before$path"
                end
            case :directories
                for path in (__fish_complete_directories $begun '')
                    echo "$before$path"
                end
            case '*'
                echo $line
        end
    end
end
complete -c davit -f -a '(__davit_complete)'
