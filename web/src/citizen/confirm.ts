/** Vant's dialog and toast, loaded when first needed: the item list does without them. */

export async function confirm(title: string, message: string, yes: string): Promise<boolean> {
  const [{ showConfirmDialog }] = await Promise.all([
    import('vant/es/dialog'),
    import('vant/es/overlay/index.css'),
    import('vant/es/popup/index.css'),
    import('vant/es/dialog/index.css'),
  ])
  return showConfirmDialog({ title, message, confirmButtonText: yes, cancelButtonText: '返回' })
    .then(() => true)
    .catch(() => false)
}

export async function toast(message: string): Promise<void> {
  const [{ showToast }] = await Promise.all([
    import('vant/es/toast'),
    import('vant/es/popup/index.css'),
    import('vant/es/toast/index.css'),
  ])
  showToast({ message, duration: 2500 })
}
