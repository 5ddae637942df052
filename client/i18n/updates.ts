import type { Filled } from './words.ts'

/** The line about a newer version of the app. */
export const updatesEn = {
  label: 'This page',
  ready: 'A newer version of Parley is ready',
  update: 'Update',
  updating: 'Updating',
  broken: 'Part of this page could not be loaded. Your changes are safe. Reload the page to continue.',
  reload: 'Reload',
  offline: 'This needs a connection. Your changes stay on this device until then.',
  offlineUnstored: 'This needs a connection. Keep this tab open until then.',
  unsaved: 'You can do this once your changes are saved.',
} as const

export const updatesZh: Filled<typeof updatesEn> = {
  label: '本页面',
  ready: '共议有新版本可用',
  update: '更新',
  updating: '正在更新',
  broken: '页面有一部分未能加载。您的改动不会丢失，刷新页面后即可继续。',
  reload: '刷新页面',
  offline: '恢复连接后方可进行，在此之前您的改动保存在本机。',
  offlineUnstored: '恢复连接后方可进行，在此之前请勿关闭本页。',
  unsaved: '待您的改动保存完毕后方可进行。',
}
