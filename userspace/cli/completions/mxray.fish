# SPDX-License-Identifier: Apache-2.0
# fish: which words can follow? `mxray complete` knows.
function __mxray_words
    set -l before (commandline --tokenize --cut-at-cursor --current-process)
    set -l typed (commandline --current-token --cut-at-cursor)
    for line in ($before[1] complete -- $before[2..] "$typed" 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path (string replace --regex -- '^--[^=]*=' '' "$typed")
        else
            echo $line
        end
    end
end
complete --command mxray --no-files --arguments '(__mxray_words)'
