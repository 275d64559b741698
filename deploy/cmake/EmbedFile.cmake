# cmake -DFROM=file -DTO=file.cpp -DNAME=maestro::embedded_name -P EmbedFile.cmake: the bytes of a file as a C++ string.
file(READ "${FROM}" bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE "${TO}" "extern const unsigned char ${NAME}[];\nextern const unsigned long ${NAME}_size;\n"
  "const unsigned char ${NAME}[] = {\n${bytes}\n};\nconst unsigned long ${NAME}_size = sizeof ${NAME};\n")
