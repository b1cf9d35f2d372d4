# Runs one part and ends it when its owner is gone: guard.sh <grace in tenths of a second> <identity file> <program> [argument…]
# Standard input is a pipe that only the owner holds open, so its end means that the owner is dead, however it died.
# The identity of the part goes to the file and, when it runs, to descriptor 3.
grace=$1
identity=$2
shift 2
started=
exec 4<&0
"$@" </dev/null 3>&- 4<&- &
part=$!

# The start time is field 22; what follows the bracket after the command's name begins with field 3.
start_field() {
  shift 19
  echo "$1"
}

# A part that ends at once may be gone before it is looked at; then there is nothing to tell from a later process.
if [ -d /proc/self ]; then
  stat=
  { read -r stat <"/proc/$part/stat"; } 2>/dev/null
  read -r boot </proc/sys/kernel/random/boot_id
  # shellcheck disable=SC2086 # the fields are meant to be split
  [ -z "$stat" ] || started="$boot:$(start_field ${stat##*")"})"
else
  started=$(ps -o lstart= -p "$part" | sed 's/^ *//; s/ *$//; s/  */-/g')
fi
started=${started:-gone}
echo "$part $started" >"$identity.draft" && mv "$identity.draft" "$identity"
echo "$part $started" >&3
exec 3>&-

(
  read -r line <&4
  kill -CONT "$part" && kill -TERM "$part"
  while kill -0 "$part" && [ "$grace" -gt 0 ]; do
    sleep 0.1
    grace=$((grace - 1))
  done
  kill -KILL "$part"
) >/dev/null 2>&1 &
watcher=$!

wait "$part"
code=$?
rm -f "$identity"
kill "$watcher" 2>/dev/null
exit "$code"
