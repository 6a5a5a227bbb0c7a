# Lines of <set> <tool> <jobs> <wall> <cpu>: medians, ratios, and the distance to the limit.

function median(list,    values, n, i, j, swap) {
  n = split(list, values, " ")
  for (i = 1; i <= n; ++i)
    for (j = i + 1; j <= n; ++j)
      if (values[j] + 0 < values[i] + 0) { swap = values[i]; values[i] = values[j]; values[j] = swap }
  return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
}

BEGIN {
  name["pgclone"] = "pgclone"
  name["dump_restore"] = "pg_dump -Fd -j, pg_restore -j"
  name["dump_psql"] = "pg_dump \\| psql"
  name["copy_copy"] = "COPY \\| COPY, rows only"
  name["pgcopydb"] = "pgcopydb"
  split("pgclone dump_restore dump_psql pgcopydb copy_copy", order, " ")
}

$1 == set {
  if (!($3 in seen)) { seen[$3] = 1; jobs[++job_count] = $3 }
  wall[$2, $3] = wall[$2, $3] " " $4
  cpu[$2, $3] = cpu[$2, $3] " " $5
  runs[$2, $3]++
}

function row(tool, n,    w) {
  if (!((tool, n) in wall)) return
  w = median(wall[tool, n])
  printf "| %s | %s | %.2f | %.2f | %.0f | %.2f | %d |\n", name[tool], tool == "dump_psql" ? "" : n, w,
    median(cpu[tool, n]), mb / 1000 / w, w / ours, runs[tool, n]
  if (tool == "pgclone" || tool == "copy_copy") return
  if (!fastest || w < fastest) { fastest = w; who = name[tool] (tool == "dump_psql" ? "" : " " n) }
}

function verdict(    out, into, total, path, limit) {
  while ((getline line < limits) > 0) {
    split(line, f, " ")
    if (f[1] == set) part[f[2]] = f[3]
  }
  out = part["largest_out"] + part["rest_out"]
  into = part["largest_in"] + part["rest_in"]
  total = (out + into + part["build"]) / cores
  path = (part["largest_out"] + part["largest_in"]) / cores + part["longest"]
  limit = total > path ? total : path
  printf "\nFastest of the others: %s, %.2f s. pgclone with %s jobs is **%.2f times as fast**.\n", who, fastest, most, fastest / ours
  printf "\nLimit: COPY out %.2f s of CPU, COPY in %.2f s, indexes and keys %.2f s; on %d cores %.2f s.\n", out, into, part["build"], cores, total
  printf "The largest table alone, copied by all cores, then its longest index by one: %.2f s.\n", path
  printf "pgclone takes **%.2f times the limit** of %.2f s.\n", ours / limit, limit
}

END {
  most = jobs[job_count]
  ours = median(wall["pgclone", most])
  print "| | jobs | wall, s | CPU, s | MB/s | times pgclone's " most " | runs |\n|---|---|---|---|---|---|---|"
  for (t = 1; t in order; ++t)
    for (j = 1; j <= job_count; ++j) row(order[t], jobs[j])
  verdict()
}
