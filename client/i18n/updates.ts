import type { Filled } from './words.ts'

/** The line about a newer version of the app. */
export const updatesEn = {
  label: 'This page',
  ready: 'A newer version is ready',
  update: 'Update',
  updating: 'Updating',
  broken: 'A part of this page could not be loaded. Your changes are safe. Reload the page to go on.',
  reload: 'Reload',
  offline: 'That needs the connection. Your changes stay on this device until it is back.',
  offlineUnstored: 'That needs the connection. Keep this tab open until it is back.',
  unsaved: 'That waits until your changes are saved.',
} as const

export const updatesZh: Filled<typeof updatesEn> = {
  label: '本页面',
  ready: '新版本已就绪',
  update: '更新',
  updating: '正在更新',
  broken: '页面有一部分未能加载。您的改动不会丢失，重新加载页面后即可继续。',
  reload: '重新加载',
  offline: '恢复连接后方可进行，在此之前您的改动保存在本机。',
  offlineUnstored: '恢复连接后方可进行，在此之前请勿关闭此页。',
  unsaved: '待您的改动保存完毕后方可进行。',
}
