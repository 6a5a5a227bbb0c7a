# cmake -D FOLDER=... -P contract_fingerprint.cmake: prints the fingerprint of the contract below a folder.
include("${CMAKE_CURRENT_LIST_DIR}/PgcloneContract.cmake")
pgclone_contract_fingerprint("${FOLDER}" digits)
execute_process(COMMAND "${CMAKE_COMMAND}" -E echo "${digits}")
