// The shim's program as bytes of ours. MAESTRO_SHIM_PATH is the built program (runtime/CMakeLists.txt).
asm(R"(
  .section .rodata
  .global maestro_shim_image
  .global maestro_shim_image_end
  .balign 16
maestro_shim_image:
  .incbin ")" MAESTRO_SHIM_PATH R"("
maestro_shim_image_end:
  .byte 0
  .previous
)");
