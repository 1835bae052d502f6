/** What Dawn and the loader of Vulkan printed here: without a driver, with files of drivers that are wrong, and with Mesa's of Debian 12. */

import test from 'ava'
import { vulkanLack } from '../../../src/models/doctor/vulkan.js'

const none = `Warning: vkCreateInstance: Found no drivers!
Warning: vkCreateInstance failed with VK_ERROR_INCOMPATIBLE_DRIVER
    at CheckVkSuccessImpl (/build/dawn-src/src/dawn/native/vulkan/VulkanError.cpp:106)
`

test('no driver', (t) => {
  const { why, cure } = vulkanLack(none, {})!
  t.is(why, 'no driver of Vulkan is here')
  t.regex(cure, /mesa-vulkan-drivers/)
  t.is(vulkanLack(none, { VK_DRIVER_FILES: '/a.json' })!.cure, 'VK_DRIVER_FILES unset, or naming the file of a driver: it is /a.json')
})

test('the file of a driver is not there, or its library does not load', (t) => {
  const gone = vulkanLack(`Warning: loader_get_json: Failed to open JSON file /a.json\n${none}`, { VK_DRIVER_FILES: '/a.json' })!
  t.is(gone.why, 'the driver of Vulkan that is named does not exist: /a.json')
  const broken = vulkanLack(
    `Warning: /l/libvk.so: cannot open shared object file: No such file or directory
Warning: loader_icd_scan: Failed loading library associated with ICD JSON /l/libvk.so. Ignoring this JSON
${none}`,
    {},
  )!
  t.is(broken.why, 'the driver of Vulkan does not load: /l/libvk.so: cannot open shared object file: No such file or directory')
})

test('a driver that cannot do enough is told what it lacks, and not to be installed', (t) => {
  const { why, cure } = vulkanLack(
    `Warning: Vulkan shaderUniform*ArrayDynamicIndexing required.
 - While initializing adapter (backend=BackendType::Vulkan)
    at InitializeImpl (/build/dawn-src/src/dawn/native/vulkan/PhysicalDeviceVk.cpp:253)
`,
    {},
  )!
  t.is(why, 'a driver of Vulkan is here that cannot do enough: Vulkan shaderUniform*ArrayDynamicIndexing required')
  t.notRegex(cure, /apt install/)
})

test('no loader; and words that nobody knows', (t) => {
  const lack = vulkanLack("Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file: No such file or directory\n", {})!
  t.regex(lack.why, /^the loader of Vulkan does not load: libvulkan\.so\.1/)
  t.regex(lack.cure, /libvulkan1/)
  t.is(vulkanLack('something else', {}), null)
})
